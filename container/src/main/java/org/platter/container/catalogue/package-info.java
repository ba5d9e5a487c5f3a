// SPDX-License-Identifier: Apache-2.0
/**
 * What bundles say of themselves before anything of them is loaded: manifests of a folder of jars, OSGi Repository
 * indexes, signatures of formats. May use {@code format} for messages and the API. Nothing here runs a bundle. Values
 * are immutable; {@link org.platter.container.catalogue.PluginFolder} and
 * {@link org.platter.container.catalogue.Repositories} are safe for use by many threads.
 */
package org.platter.container.catalogue;
