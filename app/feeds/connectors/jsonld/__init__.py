"""Events, vacancies and places that web pages mark up for machines (schema.org, JSON-LD)."""
