"""A cohort on disk: found, read by many processes, kept as Parquet, and opened again."""
