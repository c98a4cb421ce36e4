"""Reads pictures with rapidocr (extra ``ocr``): its models come in the wheel, so it works offline. Only its worker imports this."""

import io
import warnings

import numpy
from PIL import Image, UnidentifiedImageError
from rapidocr import RapidOCR

from yunshu.lib.papers.contracts import BROKEN, Line, Reason
from yunshu.lib.papers.contracts import UnreadableError as Unreadable


class RapidReader:
    """A ``Reader``: about 0.5 s for a short notice and 700 MB of memory, so one in a process."""

    def __init__(self) -> None:
        self._engine = RapidOCR(params={"Global.log_level": "error"})

    def lines(self, picture: bytes, *, pixels: int) -> list[Line]:
        """Return the lines; raise UnreadableError (broken, too_many_pixels). Only the first frame is read."""
        found = self._engine(_decoded(picture, pixels))
        texts, scores = getattr(found, "txts", None) or (), getattr(found, "scores", None) or ()
        return [Line(text, float(score)) for text, score in zip(texts, scores, strict=True)]


def _decoded(picture: bytes, pixels: int) -> numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.uint8]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(picture)) as image:
                if image.width * image.height > pixels:
                    raise Unreadable(Reason.PIXELS, f"{image.width}x{image.height}")
                return numpy.asarray(image.convert("RGB"), dtype=numpy.uint8)[:, :, ::-1]
    except (UnidentifiedImageError, Image.DecompressionBombError, *BROKEN) as error:
        raise Unreadable(Reason.BROKEN, type(error).__name__) from error
