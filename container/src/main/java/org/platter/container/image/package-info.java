// SPDX-License-Identifier: Apache-2.0
/**
 * One image: its format, its storages, opening and closing it, and calling it as the SPI demands. May use the API. An
 * image is called only through {@link org.platter.container.image.ChainLayer}, which remembers failures.
 */
package org.platter.container.image;
