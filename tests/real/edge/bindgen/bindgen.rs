//! `bindgen MODULE.wasm FOLDER` writes what JavaScript needs to call the module: `wasm-bindgen --target bundler`, from the command's
//! own library. The command itself would bring in a few hundred packages more.

use std::env;
use std::error::Error;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn Error>> {
    let [module, folder] = env::args()
        .skip(1)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| "bindgen MODULE.wasm FOLDER")?;
    let mut bindgen = Bindgen::new();
    bindgen.bundler(true)?.typescript(false).input_path(module);
    Ok(bindgen.generate(folder)?)
}
