// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.transfer;

import java.io.IOException;
import java.net.URI;
import java.util.Hashtable;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.Location;
import org.platter.shell.print.Output;
import org.platter.storage.Storage;
import org.platter.storage.StorageProvider;

/** Lets the platform write one image to the standard output of one command, under a scheme of its own. */
final class PipeProvider implements StorageProvider {
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final Output out;

    private PipeProvider(Output out) {
        this.out = out;
    }

    /** Where the standard output of the command is, until the command ends. */
    static Location location(Invocation invocation) {
        String scheme = "stdout" + NUMBERS.incrementAndGet();
        ServiceRegistration<StorageProvider> registration = FrameworkUtil.getBundle(PipeProvider.class)
                .getBundleContext()
                .registerService(
                        StorageProvider.class,
                        new PipeProvider(invocation.console().out()),
                        new Hashtable<>(Map.of(SCHEME, scheme)));
        invocation.closing(registration::unregister);
        return new Location(URI.create(scheme + ":/-"), Map.of());
    }

    @Override
    public Storage open(URI location, Set<Mode> modes) throws IOException {
        if (!modes.contains(Mode.CREATE)) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "standard output cannot be read");
        }
        return new PipeStorage(location, out);
    }

    @Override
    public void delete(URI location) {
        // what is out is out
    }

    @Override
    public boolean exists(URI location) {
        return false;
    }

    @Override
    public URI resolve(URI base, String name, boolean external) throws IOException {
        throw new DiskException(ErrorCode.NOT_SUPPORTED, "standard output takes one file, not also " + name);
    }
}
