"""Text as pairs of neighbours: whatever LIKE finds, the index finds."""

from __future__ import annotations

import sqlite3

from hypothesis import given
from hypothesis import strategies as st

from tiji.search.rules import fts5_query, grams, normal

TEXT = st.text(alphabet="路灯水电梯ab1 ,。TJ𠮷", max_size=12)
WORD = st.text(alphabet="路灯水电梯ab1,。TJ𠮷", min_size=1, max_size=4)


@given(texts=st.lists(TEXT, max_size=4), word=WORD)
def test_the_index_finds_exactly_what_contains_the_word(texts, word) -> None:
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE t USING fts5(grams, tokenize = 'ascii')")
    base.executemany("INSERT INTO t VALUES (?)", [(grams([text, "尾"]),) for text in texts])
    found = base.execute("SELECT rowid FROM t WHERE t MATCH ?", (fts5_query(word),))
    base_rows = {row[0] - 1 for row in found}
    base.close()
    assert base_rows == {at for at, text in enumerate(texts) if normal(word) in normal(text)}


def test_a_match_never_spans_two_texts() -> None:
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE t USING fts5(grams, tokenize = 'ascii')")
    base.execute("INSERT INTO t VALUES (?)", (grams(["路灯", "无人管"]),))
    assert not base.execute("SELECT 1 FROM t WHERE t MATCH ?", (fts5_query("灯无"),)).fetchall()
    base.close()
