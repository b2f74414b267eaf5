"""Forty requests and tasks, each said twice by hand in other words, of many subjects.

They were written before the semantic rung was tried on them, and its bar was not chosen to suit them.
"""

PAIRS = (
    (
        "How do I get my money back for a charge I didn't make?",
        "There is a payment on my statement that wasn't me. What is the way to have it refunded?",
    ),
    (
        "My flight to Denver was cancelled and nobody answers the phone.",
        "No one picks up when I call about my Denver flight, which has been called off.",
    ),
    (
        "Can I change the delivery address after I placed an order?",
        "I already ordered something; is it still possible to send it to a different address?",
    ),
    (
        "The app crashes every time I open the settings page.",
        "Whenever I go to settings, the application closes by itself.",
    ),
    (
        "What documents do I need to open a business account?",
        "Which papers are required if I want to set up an account for my company?",
    ),
    (
        "Write a Python function that returns the second largest number in a list.",
        "Implement a function in Python which, given a list of numbers, gives back the runner-up to the maximum.",
    ),
    (
        "A patient presents with chest pain radiating to the left arm. What is the most likely diagnosis?",
        "Which diagnosis is most probable in somebody whose chest hurts, with the pain spreading into the left arm?",
    ),
    (
        "Is there parking available for guests at the Maple Street apartments?",
        "Do visitors have somewhere to park at your Maple Street building?",
    ),
    (
        "I want to cancel my subscription before the trial ends.",
        "How can I stop the subscription while I'm still in the free trial?",
    ),
    (
        "Which planet in our solar system has the most moons?",
        "Of all the planets circling the sun, name the one with the greatest number of moons.",
    ),
    (
        "My order 4412 arrived with a broken screen and I want a replacement.",
        "The display was cracked when order 4412 came; please send me a new one.",
    ),
    (
        "What is the capital gains tax rate for property held over two years?",
        "If I have owned a house for more than 2 years, what rate of tax applies to the profit of selling it?",
    ),
    (
        "Explain the difference between supervised and unsupervised learning.",
        "How does learning with labels differ from learning without them?",
    ),
    (
        "The train leaves at 9:15 and takes 3 hours and 40 minutes. When does it arrive?",
        "If a train departs at 9:15 and travels for 3 hours 40 minutes, at what time does it get there?",
    ),
    (
        "Do you allow dogs in the two-bedroom units?",
        "Are pets like dogs permitted in an apartment with two bedrooms?",
    ),
    (
        "How long does a bank transfer to Germany take?",
        "When will money I send to a German account arrive?",
    ),
    (
        "Summarise this contract and list the termination clauses.",
        "Give me a short version of the agreement, with all provisions on how it may be ended.",
    ),
    (
        "Find the derivative of x squared times sine of x.",
        "Differentiate x^2 sin(x).",
    ),
    (
        "Why was my card declined at the supermarket yesterday?",
        "Yesterday I tried to pay for groceries and my card did not go through. What happened?",
    ),
    (
        "Recommend a vegetarian restaurant near the central station.",
        "Where can I eat meat-free food close to the main railway station?",
    ),
    (
        "How many calories are there in a boiled egg?",
        "What is the energy content of an egg that has been boiled?",
    ),
    (
        "I forgot my password and the reset mail never comes.",
        "The e-mail for resetting my password doesn't arrive and I can't remember the old one.",
    ),
    (
        "Book a table for four people on Friday at seven.",
        "Please reserve dinner for a party of 4, 7 pm this Friday.",
    ),
    (
        "What is the warranty period of the X200 headphones?",
        "For how long are X200 headphones covered by guarantee?",
    ),
    (
        "Translate the sentence 'the cat sat on the mat' into French.",
        "How would one say in French that the cat sat on the mat?",
    ),
    (
        "Your agent was very rude to me when I asked for a refund.",
        "When I wanted my money back the person on the line treated me impolitely.",
    ),
    (
        "Which enzyme breaks down starch in saliva?",
        "Name the salivary enzyme that digests starch.",
    ),
    (
        "Can I bring a stroller on board without paying extra?",
        "Is there an additional fee for taking a pram onto the plane?",
    ),
    (
        "Turn off the lights in the living room at eleven.",
        "At 11 o'clock switch the living-room lamps off.",
    ),
    (
        "What happens to my points if I close the account?",
        "Do I lose the points I collected when my account is closed?",
    ),
    (
        "Who wrote the novel in which a whale destroys the ship Pequod?",
        "Name the author of the book about the ship Pequod, sunk by a whale.",
    ),
    (
        "My washing machine leaks water from the door.",
        "Water is coming out at the door of the washer.",
    ),
    (
        "How do I export all my invoices as one PDF?",
        "I'd like to download every invoice together in a single PDF file.",
    ),
    (
        "The product costs 80 dollars after a 20 percent discount. What was the original price?",
        "After 20% was taken off, an item sells for $80. Find what it cost before.",
    ),
    (
        "Is it safe to take ibuprofen together with blood thinners?",
        "May someone on anticoagulants use ibuprofen?",
    ),
    (
        "What time is check-in and can I drop my bags earlier?",
        "When can I get into the room, and is it possible to leave luggage before that?",
    ),
    (
        "Delete all my personal data from your systems.",
        "I request that everything you hold about me be erased.",
    ),
    (
        "How tall is the Eiffel Tower including the antenna?",
        "With its antenna counted, what is the height of the Eiffel Tower?",
    ),
    (
        "My internet is slow in the evening but fine in the morning.",
        "The connection works well early in the day and crawls at night.",
    ),
    (
        "List three causes of the First World War.",
        "Give 3 reasons why World War I broke out.",
    ),
)
