"""The parts of edits: their text, the rows that they name, and two versions of a table as edits."""
