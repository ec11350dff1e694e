/** The database cannot be used as it is: the plugin disables itself with this sentence; nothing was changed. */
export class StoreRefused extends Error {
  override name = 'StoreRefused';
}
