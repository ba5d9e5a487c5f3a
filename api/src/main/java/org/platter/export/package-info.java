// SPDX-License-Identifier: Apache-2.0
/**
 * Offering open disks to other programs. May use {@code org.platter.error} and {@code org.platter.disk}. Services and
 * exports are safe for use by many threads; values are immutable.
 */
@Export
@Version("1.0.0")
package org.platter.export;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
