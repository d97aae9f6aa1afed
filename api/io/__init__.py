"""Data sets and plans on disk: CSV, Parquet and workbooks in, CSV and Parquet out."""
