"""The files of exports in S3."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from io import BufferedReader
from typing import Any, BinaryIO, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from frontdesk.domain.exports.export import Part
from frontdesk.usecases.exports.needs import PartsChanged

_CHANGED = frozenset({"InvalidPart", "InvalidPartOrder"})


class S3Shelf:
    """Implements `usecases.exports.needs.Shelf` on the import bucket."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    def begin(self, key: str, media_type: str) -> str:
        """Starts a multipart upload and returns its id."""
        answer = self._client.create_multipart_upload(**self._at(key), ContentType=media_type)
        return str(answer["UploadId"])

    def send(self, key: str, upload: str, number: int, content: bytes) -> Part:
        """Uploads a part and returns its number and ETag. Raises PartsChanged if the upload no longer exists."""
        try:
            answer = self._client.upload_part(
                **self._at(key), UploadId=upload, PartNumber=number, Body=content
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchUpload":
                raise PartsChanged from None
            raise
        return Part(number, answer["ETag"])

    def finish(self, key: str, upload: str, parts: Sequence[Part]) -> None:
        """Completes the upload, unless an earlier call has completed it.

        Raises PartsChanged if a part is missing or differs, or if neither the upload nor the file exists.
        """
        made = {"Parts": [{"PartNumber": part.number, "ETag": part.etag} for part in parts]}
        try:
            self._client.complete_multipart_upload(**self._at(key), UploadId=upload, MultipartUpload=made)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _CHANGED or (code == "NoSuchUpload" and not self._is_there(key)):
                raise PartsChanged from None
            if code != "NoSuchUpload":
                raise

    def _is_there(self, key: str) -> bool:
        try:
            self._client.head_object(**self._at(key))
        except ClientError as error:
            # Without permission to list the bucket, S3 answers 403 for a missing file.
            if error.response["Error"]["Code"] not in ("403", "404", "NoSuchKey"):
                raise
            return False
        return True

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        """Opens a file as a stream."""
        answer = self._client.get_object(**self._at(key))
        with closing(answer["Body"]) as body, BufferedReader(body, 1 << 16) as content:
            yield cast(BinaryIO, content)

    def write(self, key: str, content: BinaryIO, media_type: str) -> None:
        """Writes a file by putting an object, which S3 does atomically."""
        self._client.put_object(**self._at(key), Body=content, ContentType=media_type)

    def _at(self, key: str) -> dict[str, Any]:
        return {"Bucket": self._bucket, "Key": key}

    @cached_property
    def _client(self) -> Any:
        # S3's own checksums would require the checksums of all parts to complete a file. ETags verify the content instead.
        config = Config(
            request_checksum_calculation="when_required",
            connect_timeout=2,
            read_timeout=60,
            retries={"mode": "standard", "total_max_attempts": 6},
        )
        return botocore.session.get_session().create_client("s3", config=config)
