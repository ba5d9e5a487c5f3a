// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import java.io.IOException;
import org.platter.backend.vmdk.descriptor.Descriptor;
import org.platter.backend.vmdk.descriptor.DescriptorPlace;
import org.platter.backend.vmdk.stream.StreamWriter;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** The descriptor of a stream that is being written. */
record StreamDescriptor(StreamWriter writer) implements DescriptorPlace {
    @Override
    public void checkRoom(Descriptor descriptor) throws DiskException {
        int length = descriptor.bytes().length;
        if (length > writer.descriptorBytes()) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE,
                    "VMDK descriptor: " + length + " bytes do not fit into its " + writer.descriptorBytes());
        }
    }

    @Override
    public void write(Descriptor descriptor) throws IOException {
        writer.text(descriptor.bytes());
    }
}
