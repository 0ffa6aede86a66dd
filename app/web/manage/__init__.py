"""The town's own desk under `/manage`: for the people who publish, whether they know computers or not."""
