"""The page Search: texts that are near in meaning, how good the search is, and topics."""
