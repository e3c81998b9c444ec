import type { NextConfig } from "next";

/** Static files that the API process serves: no server of Node's at run time. */
const config: NextConfig = {
  output: "export",
  trailingSlash: true,
  reactStrictMode: true,
  poweredByHeader: false,
  // The build is named for its sources, so that the same sources give the same bytes.
  generateBuildId: () => process.env["WEB_BUILD_ID"] ?? "development",
};

export default config;
