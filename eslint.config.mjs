// Holds how a doc comment opens; Biome holds everything else.
import parser from "@typescript-eslint/parser"
import jsdoc from "eslint-plugin-jsdoc"

/** Openings that do not say what a thing is or does. */
const OPENINGS = "What|How|Whether|Where|When|Who|Which|Why|Everything|Everybody|One"

export default [
  { ignores: ["**/dist/**", "**/bin/**", "**/generated/**", "**/node_modules/**", "site/**"] },
  {
    files: ["**/*.ts", "**/*.mjs"],
    languageOptions: { parser },
    plugins: { jsdoc },
    rules: {
      "jsdoc/match-description": [
        "error",
        {
          contexts: ["any"],
          mainDescription: {
            match: `^(?!(?:${OPENINGS})\\b)`,
            message: "A doc comment opens with a verb in the third person, or with a noun.",
          },
        },
      ],
    },
  },
]
