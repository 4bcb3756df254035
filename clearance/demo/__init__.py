"""The whole story on sample media: a home, three stand-in performers, a submission, its audit, a tampered file."""
