"""Links that let somebody without credentials put one file into a bucket, or take one out of it."""

from functools import cached_property
from typing import Any
from urllib.parse import quote

import botocore.session
from botocore.config import Config

from frontdesk.usecases.ports import Link

# A link is good for less where the credentials that it is signed with end before it.
UPLOAD_SECONDS = 3_600
DOWNLOAD_SECONDS = 900


class S3Links:
    """Implements `usecases.ports.Links` on one bucket. Signing asks nobody: no request is made."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    def upload(self, key: str, size: int, now: int) -> Link:
        return self._signed("put_object", UPLOAD_SECONDS, now, Key=key, ContentLength=size)

    def download(self, key: str, name: str, now: int) -> Link:
        # RFC 6266: a name of any characters, for whatever saves the file.
        disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        return self._signed(
            "get_object", DOWNLOAD_SECONDS, now, Key=key, ResponseContentDisposition=disposition
        )

    def _signed(self, operation: str, seconds: int, now: int, **parameters: Any) -> Link:
        asked = {"Bucket": self._bucket, **parameters}
        url: str = self._client.generate_presigned_url(operation, asked, seconds)
        return Link(url, now + seconds)

    @cached_property
    def _client(self) -> Any:
        # Only SigV4 signs the length. The region's own address is the one that the console may send to.
        config = Config(
            signature_version="s3v4",
            request_checksum_calculation="when_required",
            s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
        )
        return botocore.session.get_session().create_client("s3", config=config)
