"""What is computed while the window answers: bombcell, phy, evidence."""
