"""The published contracts: Avro schemas and the frozen rows that mirror them."""
