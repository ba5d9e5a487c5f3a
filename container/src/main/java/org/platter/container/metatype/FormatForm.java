// SPDX-License-Identifier: Apache-2.0
package org.platter.container.metatype;

import java.util.Collections;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.Map;
import java.util.Objects;
import org.osgi.service.cm.ManagedServiceFactory;
import org.osgi.service.component.ComponentFactory;
import org.osgi.service.component.ComponentInstance;
import org.osgi.service.metatype.MetaTypeProvider;
import org.osgi.service.metatype.ObjectClassDefinition;
import org.platter.config.ConfigSchema;
import org.platter.container.declared.FormDisk;

/** The form of one format: describes its fields and keeps a disk for every configuration that is filled in. */
final class FormatForm implements ManagedServiceFactory {
    private record Declared(Map<String, Object> properties, ComponentInstance<FormDisk> disk) {}

    private final String format;
    private final ComponentFactory<FormDisk> disks;
    private final Map<String, Declared> declared = new HashMap<>(); // guarded by this, by PID

    private volatile FormatDefinition definition;

    FormatForm(String format, ComponentFactory<FormDisk> disks) {
        this.format = format;
        this.disks = disks;
    }

    String pid() {
        return FormatForms.pid(format);
    }

    /** From now on the form has these config keys. */
    void show(ConfigSchema schema) {
        definition = new FormatDefinition(format, schema);
    }

    @Override
    public String getName() {
        return "Platter disks of the format " + format;
    }

    /** What consoles are shown, as long as the format is there. */
    MetaTypeProvider description() {
        return new MetaTypeProvider() {
            @Override
            public ObjectClassDefinition getObjectClassDefinition(String id, String locale) {
                if (!pid().equals(id)) {
                    throw new IllegalArgumentException(id + " is not " + pid());
                }
                return definition;
            }

            @Override
            public String[] getLocales() {
                return null; // one language, in which everything else speaks too
            }
        };
    }

    /** May come again with the same values: then the disk stays. */
    @Override
    public synchronized void updated(String pid, Dictionary<String, ?> values) {
        Map<String, Object> properties = filledIn(values);
        Declared present = declared.get(pid);
        if (present != null && same(present.properties(), properties)) {
            return;
        }
        Hashtable<String, Object> declaration = new Hashtable<>(properties);
        declaration.put("format", format);
        declaration.putIfAbsent("name", pid.substring(pid().length() + 1));
        if (present == null) {
            declared.put(pid, new Declared(properties, disks.newInstance(declaration)));
        } else {
            declared.put(pid, new Declared(properties, present.disk()));
            present.disk().getInstance().modified(declaration);
        }
    }

    private static boolean same(Map<String, Object> some, Map<String, Object> others) {
        return some.keySet().equals(others.keySet())
                && some.keySet().stream().allMatch(key -> Objects.deepEquals(some.get(key), others.get(key)));
    }

    /** What somebody has typed: consoles store an empty text for the other fields, and Config Admin adds its own. */
    private static Map<String, Object> filledIn(Dictionary<String, ?> values) {
        Map<String, Object> properties = new HashMap<>();
        for (String key : Collections.list(values.keys())) {
            Object value = values.get(key);
            if (!"".equals(value) && !key.startsWith("service.")) {
                properties.put(key, value);
            }
        }
        return properties;
    }

    @Override
    public synchronized void deleted(String pid) {
        Declared leaving = declared.remove(pid);
        if (leaving != null) {
            leaving.disk().dispose();
        }
    }

    synchronized void close() {
        declared.values().forEach(one -> one.disk().dispose());
        declared.clear();
    }
}
