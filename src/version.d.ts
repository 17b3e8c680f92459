/** The product's version, put in by the bundler from package.json. */
declare const __BITWRIGHT_VERSION__: string;
