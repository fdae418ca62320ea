"""Says why: this lead, this rank, this fate of a record. Pure: values in, sentences out."""
