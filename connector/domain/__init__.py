"""The field's own words: records, actions, ports and errors. Pure; standard library only."""
