"""Text that was put into a document to give orders to a model: found, scored, tagged or kept out of reach."""
