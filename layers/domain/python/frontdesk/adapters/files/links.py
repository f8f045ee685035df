"""Signed links. A caller without AWS credentials can use one to upload or download a single file."""

from functools import cached_property
from typing import Any
from urllib.parse import quote

import botocore.session
from botocore.config import Config

from frontdesk.usecases.ports import Link

# Seconds for which a link is valid. It ends earlier if the credentials that signed it expire earlier.
UPLOAD_SECONDS = 3_600
DOWNLOAD_SECONDS = 900


class S3Links:
    """Implements `usecases.ports.Links` on one bucket. Signing is local and sends no request."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    def upload(self, key: str, size: int, now: int) -> Link:
        """Signs a PUT of exactly `size` bytes, valid for UPLOAD_SECONDS."""
        return self._signed("put_object", UPLOAD_SECONDS, now, Key=key, ContentLength=size)

    def download(self, key: str, name: str, now: int) -> Link:
        """Returns a signed link to a file, valid for DOWNLOAD_SECONDS. Browsers save the file as `name`."""
        # RFC 6266: browsers save the file under this name, whatever characters it has.
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
        # Only SigV4 signs the length. The page's security policy allows only the regional endpoint.
        config = Config(
            signature_version="s3v4",
            request_checksum_calculation="when_required",
            s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
        )
        return botocore.session.get_session().create_client("s3", config=config)
