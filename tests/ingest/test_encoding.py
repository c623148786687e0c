from __future__ import annotations

import pytest

from cutline.ingest.encoding import recognise_encoding


@pytest.mark.parametrize(
    ("lines", "encoding"),
    [
        ([b"plain", b"ascii"], "utf-8"),
        (["中文".encode(), b"x"], "utf-8"),
        (["诈骗电话,北京".encode("gb18030"), "联通".encode("gb18030"), "微信转账".encode("gb18030")], "gb18030"),
        (["Müller".encode("latin-1"), "Genève".encode("latin-1")], "latin-1"),
        ([b"only \xff here"], "utf-8"),
        ([b"\x81\x8d\x90"], "utf-8"),
        (["诈骗".encode("gb18030"), "诈骗".encode("gb18030"), "刷单".encode("gb18030")], "gb18030"),
        (["é".encode(), "ü".encode(), "多".encode(), b"\xd5\xff"], "utf-8"),
        (["多".encode(), "多".encode(), "Müller".encode("latin-1")], "utf-8"),
    ],
)
def test_the_encoding_is_the_one_in_which_most_lines_make_sense(lines: list[bytes], encoding: str) -> None:
    assert recognise_encoding([b"\n".join(lines)]) == encoding
