"""Search of texts: codes and bits beside TF-IDF and LSA."""
