-- What a town names itself may have an English name too. Empty: the German one is shown, and marked as German.
ALTER TABLE category ADD COLUMN name_en text NOT NULL DEFAULT '';
ALTER TABLE provider ADD COLUMN name_en text NOT NULL DEFAULT '';
ALTER TABLE provider ADD COLUMN summary_en text NOT NULL DEFAULT '';

-- What the templates say; what a clerk has worded differently since stays without. A town with a folder reads its own.
UPDATE category SET name_en = known.name_en FROM (VALUES
    ('abfall', 'Abfall und Umwelt', 'Waste and environment'),
    ('amtsverwaltung', 'Aus der Amtsverwaltung', 'From the administration'),
    ('aus-der-gemeinde', 'Aus der Gemeinde', 'From the municipality'),
    ('bauen', 'Bauen und Wohnen', 'Building and housing'),
    ('bekanntmachungen', 'Bekanntmachungen', 'Official notices'),
    ('bildung', 'Bildung und Bibliothek', 'Learning and library'),
    ('bildung', 'Schule und Weiterbildung', 'Schools and further education'),
    ('familie', 'Jugend und Familie', 'Youth and families'),
    ('familie', 'Kinder und Familie', 'Children and families'),
    ('familie', 'Kinder, Jugend und Familie', 'Children, youth and families'),
    ('familie', 'Kinder, Schule und Familie', 'Children, school and families'),
    ('feste', 'Feste und Kultur', 'Celebrations and culture'),
    ('feuerwehr', 'Feuerwehr und Vorsorge', 'Fire brigade and safety'),
    ('gemeinden', 'Aus den Gemeinden', 'From the municipalities'),
    ('gesundheit', 'Gesundheit und Pflege', 'Health and care'),
    ('katastrophenschutz', 'Bevölkerungsschutz', 'Civil protection'),
    ('kreistag', 'Kreistag und Ausschüsse', 'District council and committees'),
    ('kreisverwaltung', 'Aus der Kreisverwaltung', 'From the district administration'),
    ('kultur', 'Kultur und Ausflüge', 'Culture and outings'),
    ('kultur', 'Kultur und Feste', 'Culture and celebrations'),
    ('natur', 'Natur und Umwelt', 'Nature and environment'),
    ('politik', 'Stadtpolitik und Sitzungen', 'Council and meetings'),
    ('rathaus', 'Aus dem Rathaus', 'From the town hall'),
    ('senioren', 'Ältere Menschen', 'Older people'),
    ('sicherheit', 'Feuerwehr und Vorsorge', 'Fire brigade and safety'),
    ('sitzungen', 'Gemeindevertretungen und Sitzungen', 'Councils and meetings'),
    ('sport', 'Sport', 'Sports'),
    ('tourismus', 'Ausflüge und Gäste', 'Visitors and outings'),
    ('vereine', 'Vereine und Ehrenamt', 'Clubs and volunteering'),
    ('verkehr', 'Bus, Straße und Baustellen', 'Buses, roads and road works'),
    ('verkehr', 'Verkehr und Baustellen', 'Traffic and road works'),
    ('wirtschaft', 'Wirtschaft und Arbeit', 'Business and jobs'),
    ('wirtschaft', 'Wirtschaft und Förderung', 'Business and funding')
) AS known (slug, name, name_en) WHERE category.slug = known.slug AND category.name = known.name;
UPDATE provider SET summary_en = known.summary_en FROM (VALUES
    ('amtsverwaltung', 'Die gemeinsame Verwaltung der Gemeinden informiert: Meldungen, Bekanntmachungen und Termine.',
        'The joint administration of the municipalities: news, official notices and events.'),
    ('kreisverwaltung', 'Die Kreisverwaltung informiert: Meldungen, Bekanntmachungen und Termine.',
        'The district administration: news, official notices and events.'),
    ('rathaus', 'Das Rathaus informiert: Meldungen, Bekanntmachungen und Termine.',
        'The town hall: news, official notices and events.'),
    ('verwaltung', 'Die Verwaltung der Gemeinde informiert: Meldungen, Bekanntmachungen und Termine.',
        'The municipal office: news, official notices and events.')
) AS known (slug, summary, summary_en) WHERE provider.slug = known.slug AND provider.summary = known.summary;
