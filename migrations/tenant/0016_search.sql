-- The search over everything reads words that are made once, when a row is stored, instead of with each question.

ALTER TABLE page ADD COLUMN search tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('german', title), 'A')
    || setweight(to_tsvector('german', left(summary || ' ' || body_html, 60000)), 'B')
) STORED;
ALTER TABLE provider ADD COLUMN search tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('german', name), 'A') || setweight(to_tsvector('german', left(summary, 60000)), 'B')
) STORED;

-- What was stored last waits in a list that each search reads through; 4 MB of it, the default, take longer to read
-- than everything else together. It is sorted in earlier instead: a little more work for who stores.
ALTER INDEX article_search SET (gin_pending_list_limit = 128);
ALTER INDEX article_title SET (gin_pending_list_limit = 128);
ALTER INDEX event_search SET (gin_pending_list_limit = 128);
ALTER INDEX event_title SET (gin_pending_list_limit = 128);
ALTER INDEX place_words SET (gin_pending_list_limit = 128);
