// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.platter.backend.vmdk.descriptor.Descriptor;
import org.platter.backend.vmdk.descriptor.DescriptorStore;
import org.platter.backend.vmdk.descriptor.ExtentLine;
import org.platter.format.ImageContext;
import org.platter.storage.Storage;

/** Gives the extents in a descriptor file their new names. What one file holds alone does not depend on its name. */
record Renaming(ImageContext context) {
    void apply(UnaryOperator<String> names) throws IOException {
        Storage main = context.storage();
        if (Opening.embeds(main)) {
            return;
        }
        DescriptorStore store = DescriptorStore.file(main);
        Descriptor descriptor = store.read();
        List<ExtentLine> renamed = descriptor.extents().stream()
                .map(line -> line.name().isEmpty() ? line : line.withName(renamed(line.name(), names)))
                .toList();
        store.write(descriptor.withExtents(renamed));
        main.flush();
    }

    private String renamed(String name, UnaryOperator<String> names) {
        String renamed = names.apply(name);
        Optional<String> unrenamed =
                renamed.equals(name) ? UnrenamedExtents.name(context.location(), name) : Optional.empty();
        return unrenamed.isPresent() && !exists(name) && exists(unrenamed.get()) ? unrenamed.get() : renamed;
    }

    private boolean exists(String name) {
        try {
            context.storageForReading(name);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
