// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.command;

import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.platter.disk.DiskManager;
import org.platter.disk.DiskOptions;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.shell.print.Places;

/** The disks that stay open between commands: those that commands opened, and whatever else has a name. */
public final class OpenDisks {
    private static final System.Logger LOG = System.getLogger(OpenDisks.class.getName());

    private final DiskManager manager;
    private final List<VirtualDisk> ours = new ArrayList<>(); // guarded by this

    /** The disks of that manager. */
    public OpenDisks(DiskManager manager) {
        this.manager = manager;
    }

    /** The open disk of that name. */
    public Optional<VirtualDisk> find(String name) {
        return name.isEmpty()
                ? Optional.empty()
                : manager.disks().stream()
                        .filter(disk -> disk.options().name().equals(name))
                        .findFirst();
    }

    /**
     * The open disk of that name.
     *
     * @throws DiskException {@code NOT_FOUND} if there is none
     */
    public VirtualDisk get(String name) throws DiskException {
        return find(name)
                .orElseThrow(() -> new DiskException(ErrorCode.NOT_FOUND, "no open disk is called '" + name + "'"));
    }

    /** All open disks that have images, named or not. */
    public List<VirtualDisk> all() {
        return manager.disks().stream().filter(disk -> !disk.layers().isEmpty()).toList();
    }

    /** A disk without images, of that name. */
    public synchronized VirtualDisk add(String name) throws DiskException {
        if (find(name).isPresent()) {
            throw new DiskException(ErrorCode.EXISTS, "a disk called '" + name + "' is open already");
        }
        VirtualDisk disk = manager.newDisk(DiskOptions.DEFAULT.withName(name));
        ours.add(disk);
        return disk;
    }

    /** A name that no open disk has, made of the file's. */
    public String freeName(URI location) {
        String file = Places.show(location).replaceAll(".*[/\\\\]", "");
        String stem = file.contains(".") ? file.substring(0, file.lastIndexOf('.')) : file;
        String base = stem.isEmpty() ? "disk" : stem;
        String name = base;
        for (int i = 2; find(name).isPresent(); i++) {
            name = base + "-" + i;
        }
        return name;
    }

    /** Closes a disk. */
    public void close(VirtualDisk disk) throws DiskException {
        synchronized (this) {
            ours.remove(disk);
        }
        disk.close();
    }

    /** Closes all that commands have opened. */
    public void closeAll() {
        List<VirtualDisk> open;
        synchronized (this) {
            open = List.copyOf(ours);
        }
        for (VirtualDisk disk : open) {
            try {
                close(disk);
            } catch (DiskException e) {
                LOG.log(Level.ERROR, "cannot close disk " + disk.options().name() + ": " + e.getMessage());
            }
        }
    }
}
