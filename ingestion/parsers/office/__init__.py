"""Office documents, e-mails and e-books; heavy libraries are imported only where a file is read."""
