"""Operations about files."""
