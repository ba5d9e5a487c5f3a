// SPDX-License-Identifier: Apache-2.0
/**
 * What the file systems of a disk do not use. May use nothing of the platform; reads through a function, so that it looks
 * at a disk, a storage or a file alike. Threading is stated on {@link org.platter.space.FreeSpace}.
 */
@Export(substitution = Export.Substitution.NOIMPORT)
@Version("1.0.0")
package org.platter.space;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
