"""Fuzzing: real files mutated, edited at random, and edited through the real server; `python -m fuzz` runs it.

- `corpus.py`: the real files, and pieces of them
- `mutations.py`: what becomes of a text that was damaged; `typing.py`: of one that somebody types at
- `cases.py`: one case as plain data: which it is follows from its seed, and it can be kept
- `checks.py`: what has to hold for a case within this process
- `server.py`, `client.py`: the real server; `play.py`, `questions.py`, `books.py`: a case played with it, what is asked
  between the edits, and how editors tell of versions
- `reducing.py`: a failing case made small
"""
