// SPDX-License-Identifier: Apache-2.0
/**
 * What the author of a disk image format implements. A format is a map from virtual offsets to storage ranges: it
 * answers <em>where</em>, the container moves the bytes. May use {@code error}, {@code config} and {@code storage}.
 * Threading is stated on {@link org.platter.format.Image}.
 */
@Export(substitution = Export.Substitution.NOIMPORT)
@Version("1.0.0")
package org.platter.format;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
