//! One report a person reads.
