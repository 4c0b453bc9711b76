"""What is measured of answers without a judge: their citations, their completeness, their use of the contexts."""
