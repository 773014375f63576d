"""The shell: what makes the rooms one house. Layout, components, words in each language, theme, navigation."""
