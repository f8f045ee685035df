"""Files in S3."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from io import BufferedReader
from typing import Any, BinaryIO, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from frontdesk.usecases.ports import FileGone, StoredFile

_GONE = frozenset({"NoSuchKey", "404", "PreconditionFailed", "412"})


class S3Files:
    """Implements `usecases.ports.Files` on one bucket."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    def list(self, prefix: str, after: str = "") -> Iterator[StoredFile]:
        """Yields the files with this prefix, starting after the key `after`. Lists the objects page by page."""
        asked = {"Bucket": self._bucket, "Prefix": prefix, **({"StartAfter": after} if after else {})}
        pages = self._client.get_paginator("list_objects_v2").paginate(**asked)
        for page in pages:
            for found in page.get("Contents", []):
                written_at = int(found["LastModified"].timestamp())
                yield StoredFile(found["Key"], found["ETag"].strip('"'), written_at)

    @contextmanager
    def open(self, key: str, etag: str | None = None) -> Iterator[BinaryIO]:
        """Opens a file as a stream. Raises FileGone if the file does not exist or, with `etag`, if its ETag differs."""
        asked = {"Bucket": self._bucket, "Key": key, **({} if etag is None else {"IfMatch": f'"{etag}"'})}
        try:
            answer = self._client.get_object(**asked)
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                raise FileGone from None
            raise
        with closing(answer["Body"]) as body, BufferedReader(body, 1 << 16) as content:
            yield cast(BinaryIO, content)

    def write(self, key: str, content: bytes | BinaryIO, media_type: str = "application/x-ndjson") -> None:
        """Writes a file by putting an object, which S3 does atomically."""
        self._client.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=media_type)

    def move(self, key: str, to: str, etag: str) -> bool:
        """Moves a file: copies the object, then deletes the original, each only if the ETag is still `etag`.

        Returns True if the file is now at `to`, also if an earlier call moved it.
        """
        source = {"Bucket": self._bucket, "Key": key}
        try:
            # Checked twice, because not every S3 implementation supports conditions on copies.
            self._client.head_object(**source, IfMatch=f'"{etag}"')
            # Tags are not copied, because that would require further permissions.
            copied = {"CopySource": source, "CopySourceIfMatch": f'"{etag}"', "TaggingDirective": "REPLACE"}
            self._client.copy_object(Bucket=self._bucket, Key=to, **copied)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _GONE:
                raise
            return any(found.key == to for found in self.list(to))
        try:
            # A file that was uploaded meanwhile stays.
            self._client.delete_object(**source, IfMatch=f'"{etag}"')
        except ClientError as error:
            if error.response["Error"]["Code"] not in _GONE:
                raise
        return True

    @cached_property
    def _client(self) -> Any:
        config = Config(
            connect_timeout=2, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 6}
        )
        return botocore.session.get_session().create_client("s3", config=config)
