// SPDX-License-Identifier: Apache-2.0
/**
 * Finding, installing, upgrading and removing formats while their images are open. May use {@code error}. Every plain way
 * to manage bundles swaps formats too; this one looks before it leaps.
 */
@Export(substitution = Export.Substitution.NOIMPORT)
@Version("1.0.0")
package org.platter.install;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
