"""Commands about models: look into them, change them, train them, fetch them."""
