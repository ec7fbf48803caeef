#!/usr/bin/env python3
"""Runs every query of data.md on a run folder: run_queries.py FOLDER (needs the package duckdb).

Prints what each query answers. Fails when one does not run, answers nothing, or has other columns
than the page shows, and when samples and spans of one trace do not lie in one another.
"""

import os
import re
import sys
from pathlib import Path

import duckdb

PAGE = Path(__file__).with_name("data.md")

# Each query of the page: its title, its text, and the first line of the answer below it.
QUERY = re.compile(r"^## (?P<title>[^\n]+)\n(?:(?!^## ).*\n)*?```sql\n(?P<sql>[\s\S]*?)```\n+```\n(?P<head>[^\n]*)\n", re.M)

# Tables on one clock: a server span at the top of a trace lies within its request, give or take
# a millisecond of clock reading. Counted are those that do not, of all that could be joined.
JOINED = """
SELECT count(*) AS joined, count(*) FILTER (start_ns < sent_ns - 1e6 OR start_ns > done_ns + 1e6) AS outside
FROM 'samples.parquet' JOIN 'spans.parquet' AS top USING (trace_id)
WHERE top.kind = 'server' AND error = 'none'
  AND NOT EXISTS (FROM 'spans.parquet' AS above WHERE above.trace_id = top.trace_id AND above.span_id = top.parent_id)
"""


def shown(answer):
    """An answer as the page shows it: columns of text, the first twelve rows."""
    columns = [name for name, *_ in answer.description]
    rows = answer.fetchall()
    lines = [columns] + [["" if cell is None else str(cell) for cell in row] for row in rows[:12]]
    widths = [max(len(line[at]) for line in lines) for at in range(len(columns))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]
    if len(rows) > 12:
        text.append(f"... {len(rows)} rows")
    return columns, rows, "\n".join(text)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: run_queries.py FOLDER")
    queries = list(QUERY.finditer(PAGE.read_text()))
    blocks = PAGE.read_text().count("```sql")
    if len(queries) != blocks or not queries:
        sys.exit(f"failed to find title and answer of each query: {len(queries)} of {blocks} in {PAGE}")
    os.chdir(sys.argv[1])
    for query in queries:
        try:
            columns, rows, text = shown(duckdb.execute(query["sql"]))
        except duckdb.Error as error:
            sys.exit(f"failed to run {query['title']!r}: {error}")
        print(f"\n{query['title']}\n{text}")
        if not rows:
            sys.exit(f"failed to answer {query['title']!r}: no row")
        if query["head"].split() != columns:
            sys.exit(f"failed to find the columns of {query['title']!r}: the page shows {query['head'].split()}, the answer has {columns}")
    joined, outside = duckdb.execute(JOINED).fetchone()
    print(f"\n{joined} requests joined with the span that answered them; {outside} of these spans lie elsewhere in time")
    if not joined or outside > joined / 100:
        sys.exit("failed to find samples and spans on one clock")


main()
