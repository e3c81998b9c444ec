import nextVitals from "eslint-config-next/core-web-vitals";
import nextTypescript from "eslint-config-next/typescript";

/** One door per danger: the same rules that tests/house keeps for the Python package. */
const doors = [
  {
    files: ["**/*.{ts,tsx}"],
    ignores: ["lib/api.ts"],
    rules: { "no-restricted-globals": ["error", { name: "fetch", message: "Ask through lib/api.ts." }] },
  },
  {
    files: ["**/*.{ts,tsx}"],
    ignores: ["lib/format.ts", "lib/format.test.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "CallExpression[callee.property.name=/^(toFixed|toPrecision|toLocaleString|toLocaleDateString|toLocaleTimeString)$/]",
          message: "Numbers and times are formatted in lib/format.ts.",
        },
        { selector: "MemberExpression[object.name='Intl']", message: "Numbers and times are formatted in lib/format.ts." },
      ],
    },
  },
  {
    rules: {
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      eqeqeq: "error",
      "no-console": "error",
    },
  },
];

const config = [
  { ignores: [".next/**", "out/**", "next-env.d.ts", "lib/contract.ts", "node_modules/**"] },
  ...nextVitals,
  ...nextTypescript,
  ...doors,
];
export default config;
