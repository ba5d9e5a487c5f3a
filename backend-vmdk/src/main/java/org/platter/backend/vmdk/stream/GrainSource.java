// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.stream;

import java.io.IOException;

/** Where the compressed grains of a stream are. Called by many threads. */
@FunctionalInterface
interface GrainSource {
    /** The sector of a grain's marker, or 0 if the stream has no such grain. */
    int sector(long grain) throws IOException;
}
