// SPDX-License-Identifier: Apache-2.0
/**
 * What goes wrong with disks, as one checked exception with a stable code. Uses nothing. Immutable, so safe on any
 * thread.
 */
@Export(substitution = Export.Substitution.NOIMPORT)
@Version("1.0.0")
package org.platter.error;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
