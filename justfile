# Short names for what npm and docker compose do; `just` alone lists them.

api := "docker compose --file compose.api.yaml"
bot := "docker compose --file compose.bot.yaml"

# lists the recipes
default:
    @just --list --unsorted

# builds the image of the REST server and starts it in the background
api-up:
    {{ api }} up --build --detach --wait

# stops the REST server; its data stay
api-down:
    {{ api }} down

# follows the log of the REST server
api-logs:
    {{ api }} logs --follow --tail 100

# builds the image of the Telegram bot and starts it in the background
bot-up:
    {{ bot }} up --build --detach

# stops the Telegram bot; its data stay
bot-down:
    {{ bot }} down

# follows the log of the Telegram bot
bot-logs:
    {{ bot }} logs --follow --tail 100

# tries the Telegram bot in this terminal, against a sandbox
bot-try:
    npm run bot:try

# starts the REST server without a container, against a sandbox where no account is named
start:
    npm start

# starts the sandbox alone
sandbox:
    npm run sandbox

# builds the images of the REST server and the bot
build:
    {{ api }} build
    {{ bot }} build

# compiles everything
compile:
    npm run build

# runs all tests
test:
    npm test

# types, lint, unused code, generated files, reference, packages, deployment
check:
    npm run check

# builds the images and runs them as the compose files say
check-containers:
    npm run check:containers

# builds the site, reference and guides, into site/
docs:
    npm run docs

# formats, and mends what can be mended by itself
fix:
    npm run fix
