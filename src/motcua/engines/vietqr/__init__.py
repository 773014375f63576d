"""VietQR: payment codes that every Vietnamese bank reads, and QR codes as accessible SVG."""

from motcua.engines.vietqr.drawing import svg
from motcua.engines.vietqr.payload import Payment, QrError, Target, checksum, encode, parse

__all__ = ["Payment", "QrError", "Target", "checksum", "encode", "parse", "svg"]
